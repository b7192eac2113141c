import type { Command, Option } from 'commander';

/** Shells that a script can be made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** One command of the tree: its `path` is e.g. `/order/submit`; the program's own is empty. */
type Place = {
  readonly path: string;
  readonly commands: readonly Command[];
  readonly options: readonly Option[];
};

/** A script that completes commands, flags and the words that a flag accepts. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '');
  switch (shell) {
    case 'bash':
      return bashScript(places);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(places)}`;
    case 'fish':
      return fishScript(places);
  }
}

function placesOf(command: Command, path: string): readonly Place[] {
  const options = [...command.options.filter(({ hidden }) => !hidden)];
  return [
    { path, commands: command.commands, options },
    ...command.commands.flatMap((child) => placesOf(child, `${path}/${child.name()}`)),
  ];
}

/** Words that an option accepts: declared, or written as its placeholder, e.g. `<json|pretty>`. */
const choicesOf = ({ argChoices, flags }: Option): readonly string[] | undefined =>
  argChoices ?? /<([\w-]+(?:\|[\w-]+)+)>/.exec(flags)?.[1]?.split('|');

const flagsOf = ({ options }: Place): readonly string[] => [
  ...options.flatMap(({ long }) => long ?? []),
  '--help',
];

function bashScript(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => path);
  const values = places.flatMap(({ path, options }) =>
    options.flatMap((option) => {
      const words = choicesOf(option);
      return words ? [`    "${path} ${option.long}") words="${words.join(' ')}" ;;`] : [];
    }),
  );
  const words = places.map(
    (place) =>
      `      "${place.path}") words="${[...place.commands.map((child) => child.name()), ...flagsOf(place)].join(' ')}" ;;`,
  );
  return `_ordersaga() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path/$word" in
      ${paths.join('|')}) path="$path/$word" ;;
    esac
  done
  case "$path $previous" in
${values.join('\n')}
    *) case "$path" in
${words.join('\n')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ordersaga ordersaga
`;
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const at = path.slice(1).replaceAll('/', ' ');
    const exactly = `-n "__ordersaga_exactly '${at}'"`;
    return [
      ...commands.map(
        (child) => `complete -c ordersaga -f ${exactly} -a ${child.name()} -d ${quoted(child.description())}`,
      ),
      ...options.flatMap((option) => {
        const { long, description, required } = option;
        const words = choicesOf(option);
        if (long === undefined || long === null) return [];
        const takes = words ? ` -x -a ${quoted(words.join(' '))}` : required ? ' -r' : '';
        return [
          `complete -c ordersaga -n "__ordersaga_within '${at}'" -l ${long.slice(2)}${takes} -d ${quoted(description)}`,
        ];
      }),
    ];
  });
  return `function __ordersaga_exactly
  set -l words (commandline -opc)[2..-1]
  test "$words" = "$argv[1]"
end
function __ordersaga_within
  set -l words (commandline -opc)[2..-1]
  test "$argv[1]" = ""; or string match -q -- "$argv[1]*" "$words"
end
${lines.join('\n')}
`;
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

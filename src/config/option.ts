import type { ValueKind } from './value-kind.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a computed default may look at: the options that were given, by key, and the environment. */
export type Given = { readonly values: ReadonlyMap<string, unknown>; readonly env: Environment };

/** One row of the table from which flags, variables, help and `ordersaga config` are made. */
export type Option<T> = {
  readonly group:
    | 'Services'
    | 'Security'
    | 'Storage'
    | 'Behaviour'
    | 'Limits'
    | 'Recovery'
    | 'Logs and traces';
  /** Without the leading dashes. The variable is `ORDERSAGA_` and the same words in upper case. */
  readonly flag: string;
  readonly kind: ValueKind<T>;
  readonly default: NoInfer<T>;
  /** Computes the default from what was given, where `default` alone does not say it. */
  readonly defaultFrom?: (given: Given) => NoInfer<T>;
  /** One sentence, in lower case and without a full stop. */
  readonly help: string;
  /** Says where a computed or missing default comes from. */
  readonly defaultHelp?: string;
  /** A variable that the Go showcase used, and how to get this option's text out of it; undefined when it says nothing. */
  readonly seed?: { readonly name: string; readonly textFrom?: (text: string) => string | undefined };
  /** Its value is not repeated in error messages. */
  readonly secret?: true;
};

/** The variable of an option, e.g. `ORDERSAGA_HTTP_PORT`. */
export const variableOf = ({ flag }: { readonly flag: string }): string =>
  `ORDERSAGA_${flag.replaceAll('-', '_').toUpperCase()}`;

import { userInfo } from 'node:os';

/**
 * Who decides when `--operator` does not say so: the user's name, or the number of a user who has none, as in a
 * container.
 */
export function ownName(find: () => { readonly username: string } = userInfo): string {
  try {
    return find().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

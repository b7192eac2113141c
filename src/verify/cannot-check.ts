/** The books cannot be read, so nothing is said about them. The message says which, why and what to do. */
export class CannotCheck extends Error {
  override readonly name = 'CannotCheck';
}

import { z } from 'zod';

// Control, format (bidi, zero-width), surrogate and private characters, line separators, and the characters that
// Unicode says are drawn as nothing. https://www.unicode.org/reports/tr44/#General_Category_Values
const unprintable = String.raw`\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`;

/**
 * Matches text that is what it looks like: 1 to `maxLength` characters, none invisible, no white space at either end.
 * Length counts code points, as protovalidate does.
 */
export const printablePattern = (maxLength: number): RegExp =>
  new RegExp(`^(?!\\p{Z})[^${unprintable}]{1,${maxLength}}(?<!\\p{Z})$`, 'u');

/** {@link printablePattern} as a schema. It is described by its length, because other languages' patterns differ. */
export const printableText = (maxLength: number) => {
  const pattern = printablePattern(maxLength);
  const error = `must be 1 to ${maxLength} printable characters without white space at either end`;
  return z
    .string({ error })
    .refine((text) => pattern.test(text), { error })
    .meta({ override: { minLength: 1, maxLength }, description: `${error.replace('must be ', '')}.` });
};

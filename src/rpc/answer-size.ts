/**
 * Largest answer in bytes that a client takes unless it says otherwise. The largest page that our protos allow fits: 200
 * orders of 100 lines whose ids have 128 characters of four bytes each are 11 MB.
 */
export const maxAnswerBytes = 16_777_216;

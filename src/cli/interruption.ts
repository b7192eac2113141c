/** The exit code that a shell gives a program that a signal ended: 128 plus the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Waits for something that a person may interrupt.
 *
 * @param onSignal says what the person must know then; the process ends right after it
 */
export async function interruptible<T>(awaited: Promise<T>, onSignal: () => void): Promise<T> {
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = (): void => {
      onSignal();
      process.exit(exitCodes[signal]);
    };
    process.once(signal, listener);
    return [signal, listener] as const;
  });
  try {
    return await awaited;
  } finally {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  }
}

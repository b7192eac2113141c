/** Whether the saga log can be written, as far as anybody here knows. */
export type LogHealth = {
  /** How the latest write ended. */
  note(state: 'working' | 'failing'): void;
  isFailing(): boolean;
};

export function createLogHealth(): LogHealth {
  let isFailing = false;
  return {
    note(state) {
      isFailing = state === 'failing';
    },
    isFailing: () => isFailing,
  };
}

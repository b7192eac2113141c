import type { Program } from '../../../src/stores/sqlite/program.ts';
import { type NotesOperations, program as notes } from './notes-program.ts';

export const program: Program<NotesOperations> = {
  ...notes,
  brief: ['add', 'addThenThrow', 'text', 'place', 'pragma'],
};

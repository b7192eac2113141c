import type { IconName } from './parts/icon.tsx';

/** A view in the frame's navigation. */
export type View = {
  readonly path: string;
  readonly name: string;
  readonly icon: IconName;
  /** Pressed after `g`. */
  readonly key: string;
};

/** "Try it" comes last: whether it is offered is known a moment later, and nothing should jump then. */
export const views: readonly View[] = [
  { path: '/', name: 'Overview', icon: 'overview', key: 'o' },
  { path: '/sagas', name: 'Sagas', icon: 'sagas', key: 's' },
  { path: '/inbox', name: 'Inbox', icon: 'inbox', key: 'i' },
  { path: '/stock', name: 'Stock', icon: 'stock', key: 'k' },
  { path: '/services', name: 'Services', icon: 'services', key: 'v' },
  { path: '/try', name: 'Try it', icon: 'try', key: 't' },
];

const paths = {
  running: 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5',
  compensating: 'M13.5 8a5.5 5.5 0 1 1-2-4.2M13.5 1.5v3h-3',
  completed: 'M3 8.5 6.5 12 13 4.5',
  compensated: 'M6 3.5 2.5 7 6 10.5M2.5 7h7a4 4 0 0 1 0 8H8',
  halted: 'M5.5 3v10M10.5 3v10',
  overview: 'M2.5 13.5v-6M6.2 13.5v-11M9.8 13.5v-8M13.5 13.5v-4',
  sagas: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  inbox: 'M2.5 9.5h3l1 2h3l1-2h3M2.5 9.5 4.5 3h7l2 6.5v4h-11z',
  try: 'M4.5 2.5 13 8l-8.5 5.5z',
  stock: 'M2.5 5 8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5 8 7.5 13.5 5M8 7.5v6',
  services: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  external: 'M6 3.5H3v9.5h9.5v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2',
  warning: 'M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 12v.01',
  theme: 'M8 2.5a5.5 5.5 0 0 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  person: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8zM2.5 13.5c.6-2.6 2.7-4 5.5-4s4.9 1.4 5.5 4',
  doubt: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M8 12.5v.01',
  dot: 'M8 8h.01',
} as const;

export type IconName = keyof typeof paths;

/** A decorative drawing; the words beside it say the same. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
);

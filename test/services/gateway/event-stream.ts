/** One server-sent event as it came. */
export type SentEvent = { readonly id: string; readonly event: string; readonly data: string };

/** Reads events until the stream ends or `limit` of them came; comments are handed to `onComment`. */
export async function readEvents(
  response: Response,
  {
    limit = Number.POSITIVE_INFINITY,
    onComment = () => {},
  }: { limit?: number; onComment?: (text: string) => void } = {},
): Promise<SentEvent[]> {
  const events: SentEvent[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
      if (block.startsWith(':')) onComment(block);
      if (fields.id !== undefined) events.push({ id: fields.id, event: fields.event, data: fields.data });
      if (events.length >= limit) return events;
    }
  }
  return events;
}

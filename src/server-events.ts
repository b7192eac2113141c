/** One server-sent event. */
export type ServerEvent = { readonly id: string; readonly type: string; readonly data: string };

/** A line longer than this is not an event of ours. */
const maxBufferedChars = 4 * 1024 * 1024;

/**
 * Parses an event stream as it arrives; comments (heartbeats) and events without data are left out.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * @throws Error when the connection breaks, or a line grows beyond all reason
 */
export async function* readServerEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let buffered = '';
  let fields: Fields = noFields;
  for await (const chunk of body) {
    buffered += decoder.decode(chunk, { stream: true });
    if (buffered.length > maxBufferedChars) throw new Error('an event of the stream is too large');
    const lines = buffered.split(/\r\n|\n|\r(?!$)/);
    buffered = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') {
        fields = withLine(fields, line);
        continue;
      }
      if (fields.data !== undefined) yield { id: fields.id, type: fields.type, data: fields.data };
      fields = { ...noFields, id: fields.id };
    }
  }
}

type Fields = { readonly id: string; readonly type: string; readonly data: string | undefined };
const noFields: Fields = { id: '', type: 'message', data: undefined };

function withLine(fields: Fields, line: string): Fields {
  const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
  switch (name) {
    case 'id':
      return { ...fields, id: value };
    case 'event':
      return { ...fields, type: value };
    case 'data':
      return { ...fields, data: fields.data === undefined ? value : `${fields.data}\n${value}` };
    default:
      return fields;
  }
}

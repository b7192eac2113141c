import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** A text that can be copied whole; `shown` is what there is room for. */
export function Copyable({
  text,
  shown = text,
  what,
}: {
  readonly text: string;
  readonly shown?: string;
  /** For screen readers, e.g. "saga id". */
  readonly what: string;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    copyText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };
  return (
    <span class="copyable">
      <code title={text}>{shown}</code>
      <button type="button" class="quiet small" onClick={copy} aria-label={`Copy ${what}`}>
        <Icon name={state === 'copied' ? 'completed' : 'copy'} />
      </button>
      <span class="visually-hidden" role="status">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Could not be copied' : ''}
      </span>
    </span>
  );
}

/** Browsers offer the clipboard only to pages from loopback or over TLS; elsewhere the old way must do. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('the browser did not copy');
}

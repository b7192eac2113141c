import { useEffect, useState } from 'preact/hooks';
import { onTokenWanted } from '../api.ts';
import { setToken } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';

/** Asks for a token when the gateway does; it is forgotten when the tab is closed. */
export function TokenQuestion() {
  const [message, setMessage] = useState<string>();
  const [isOpen, setOpen] = useState(true);
  useEffect(() => onTokenWanted(setMessage), []);
  if (message === undefined) return null;
  if (isOpen) return <TokenDialog message={message} onClose={() => setOpen(false)} />;
  return (
    <div class="banner">
      <Icon name="warning" />
      <div class="banner-text">{message}</div>
      <button type="button" onClick={() => setOpen(true)}>
        Enter a token…
      </button>
    </div>
  );
}

function TokenDialog({ message, onClose }: { readonly message: string; readonly onClose: () => void }) {
  const [token, setText] = useState('');
  return (
    <Dialog title="Token" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(token.trim());
          // Repeats every request that was refused.
          window.location.reload();
        }}
      >
        <p role="status">
          <b>{message}</b> It is kept in this tab only, until you close it.
        </p>
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            required
            value={token}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            autofocus
          />
        </label>
        <footer class="dialog-foot">
          <button type="submit" class="primary">
            Use it
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

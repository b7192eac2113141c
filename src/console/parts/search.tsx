import { useState } from 'preact/hooks';
import { go, hrefOf } from '../place.ts';
import { Icon } from './icon.tsx';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Finds sagas from everywhere; a whole id leads right to its saga. */
export function Search() {
  const [text, setText] = useState('');
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = text.trim();
        if (wanted === '') return;
        const isId = uuid.test(wanted);
        go(isId ? hrefOf(`/sagas/${wanted}`) : hrefOf('/sagas', `?q=${encodeURIComponent(wanted)}`));
        setText('');
        document.getElementById('content')?.focus();
      }}
    >
      <Icon name="search" />
      <input
        id="search"
        type="search"
        value={text}
        maxLength={128}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        placeholder="Id, customer"
        aria-label="Find sagas by id, trace id, customer or product"
      />
      <kbd>/</kbd>
    </form>
  );
}

import { type StoryLine, storyOf } from '../../checkout/story.ts';
import type { SagaAnswer } from '../../contract/sagas.ts';
import { clockText, dateText, durationText } from '../words.ts';
import { Icon, type IconName } from './icon.tsx';

const toneIcons: Readonly<Record<StoryLine['tone'], IconName>> = {
  good: 'completed',
  bad: 'close',
  doubt: 'doubt',
  undo: 'compensated',
  note: 'dot',
};

/** What happened, in sentences. */
export const StoryLines = ({ saga }: { readonly saga: SagaAnswer }) => {
  const startMs = Date.parse(saga.events[0]?.at ?? saga.created_at);
  return (
    <ol class="story">
      {storyOf(saga.events.map(({ data }) => data)).map(({ tone, text }, index) => {
        const at = saga.events[index]?.at ?? saga.created_at;
        return (
          <li key={index} class={`tone-${tone}`}>
            <Icon name={toneIcons[tone]} />
            <span class="story-text">{text}</span>
            <time dateTime={at} title={`${dateText(at)} (${clockText(at)})`}>
              +{durationText(Math.max(0, Date.parse(at) - startMs))}
            </time>
          </li>
        );
      })}
    </ol>
  );
};

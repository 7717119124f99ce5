import { expect, test } from '@jest/globals';
import { ManualClock } from '../../kernel/testing/manual-clock.ts';
import { Interest } from './interest.ts';

function begin(whenAsked: (interest: Interest) => void = () => undefined) {
  const clock = new ManualClock();
  const events: string[] = [];
  const interest = new Interest(
    clock,
    100,
    () => {
      events.push(`asked at ${clock.monotonic()}`);
      whenAsked(interest);
    },
    () => events.push(`lost at ${clock.monotonic()}`),
  );
  return { clock, events, interest };
}

test('what nobody shows is asked for, and then lost, once', async () => {
  const { clock, events } = begin();
  await clock.advance(1_000);
  expect(events).toEqual(['asked at 50', 'lost at 100']);
});

test('what is shown when asked for is kept', async () => {
  const { clock, events } = begin((interest) => interest.shown());
  await clock.advance(200);
  expect(events).toEqual(['asked at 50', 'asked at 100', 'asked at 150', 'asked at 200']);
});

test('what is shown now and then is not even asked for; what is over is not lost', async () => {
  const { clock, events, interest } = begin();
  for (let times = 0; times < 5; times += 1) {
    await clock.advance(40);
    interest.shown();
  }
  interest[Symbol.dispose]();
  await clock.advance(1_000);
  expect([events, clock.timers]).toEqual([[], 0]);
});

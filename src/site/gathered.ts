/**
 * One question for all who ask while the one before is on its way: whoever comes in waits for the next, which is asked only after
 * all of them came. So every answer is younger than the asking, as if each had asked alone. By key, and by signal, since an
 * interruption ends a question for all whom it serves.
 */
export function createGathered<Ask, Answer>(
  ask: (asks: readonly Ask[], signal: AbortSignal) => Promise<Answer>,
): (key: string, one: Ask, signal: AbortSignal) => Promise<Answer> {
  const rounds = new WeakMap<AbortSignal, Map<string, Round<Ask, Answer>>>();
  return (key, one, signal) => {
    const bySignal = rounds.get(signal) ?? new Map<string, Round<Ask, Answer>>();
    rounds.set(signal, bySignal);
    const known = bySignal.get(key);
    const round = known ?? { running: null, next: null };
    if (!known) bySignal.set(key, round);
    if (round.next) {
      round.next.asks.push(one);
      return round.next.answer;
    }
    const asks = [one];
    const answer = (round.running ?? Promise.resolve()).then(() => {
      round.next = null;
      const asked = ask(asks, signal);
      const running = asked.then(
        () => {},
        () => {},
      );
      round.running = running;
      void running.then(() => {
        if (round.running === running && !round.next) bySignal.delete(key);
      });
      return asked;
    });
    round.next = { asks, answer };
    return answer;
  };
}

interface Round<Ask, Answer> {
  /** Settles when the question that is on its way is answered, one way or the other. */
  running: Promise<void> | null;
  /** Those who wait for the next question. */
  next: { readonly asks: Ask[]; readonly answer: Promise<Answer> } | null;
}

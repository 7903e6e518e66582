/** The calls in flight: they can be ended together, and while the account is reset new ones wait. */
import { AwsError } from "../aws-error.ts";

export interface Calls {
  /** Waits while a reset is under way, then counts as in flight until `done`. */
  begin(): Promise<Call> | Call;
  /** Ends those in flight, holds new ones back, and runs `act` when none is left. One at a time. */
  alone<T>(reason: AwsError, act: () => Promise<T>): Promise<T>;
  /** Ends those in flight for good. */
  end(reason: AwsError): Promise<void>;
}

export interface Call {
  readonly signal: AbortSignal;
  abort(reason: AwsError): void;
  done(): void;
}

/** How long calls may take to notice that they were aborted, before what holds them back goes on regardless. */
const patienceMs = 2_000;

export function callsInFlight(): Calls {
  const flying = new Set<Call>();
  let held: Promise<unknown> | undefined;
  let empty: (() => void) | undefined;

  const take = (): Call => {
    // Made when somebody looks at it: most calls have ended before anybody would.
    let controller: AbortController | undefined;
    const call: Call = {
      get signal() {
        return (controller ??= new AbortController()).signal;
      },
      abort: (reason) => (controller ??= new AbortController()).abort(reason),
      done() {
        flying.delete(call);
        if (flying.size === 0) empty?.();
      },
    };
    flying.add(call);
    return call;
  };
  const end = async (reason: AwsError) => {
    if (flying.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    empty = resolve;
    for (const call of flying) call.abort(reason);
    const timer = setTimeout(resolve, patienceMs);
    await promise;
    clearTimeout(timer);
    empty = undefined;
  };

  const calls: Calls = {
    end,
    begin() {
      return held ? held.then(() => calls.begin()) : take();
    },
    async alone(reason, act) {
      if (held) {
        await held;
        return calls.alone(reason, act);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      try {
        await end(reason);
        return await act();
      } finally {
        held = undefined;
        resolve();
      }
    },
  };
  return calls;
}

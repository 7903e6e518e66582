/** Who gets what is published to a topic, as the app wrote it. */
import { declaredOf, type AnyDeclared, type Declared } from "@plinth/language/reading";

export type Subscriber =
  | { readonly queue: undefined; readonly email: string }
  | {
      readonly queue: AnyDeclared | undefined;
      readonly email?: never;
      readonly filter: Readonly<Record<string, readonly (string | number | boolean)[]>> | undefined;
      readonly raw: boolean;
    };

/** A queue that is none has `undefined`: checks refuse it. */
export function subscriptionsOf({ options }: Declared<"topic">): Subscriber[] {
  return (options.to ?? []).map((one) => {
    if (typeof one === "string") return { queue: undefined, email: one };
    const own = declaredOf(one);
    if (own) return { queue: own, filter: undefined, raw: true };
    const { queue, filter, raw = true } = one as Exclude<typeof one, { readonly send: unknown }>;
    return { queue: declaredOf(queue), filter, raw };
  });
}

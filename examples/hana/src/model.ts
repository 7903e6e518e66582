/** A model that answers in a conversation. */
import type { Turn } from "./runs.ts";

export interface Model {
  name: string;
  /** The whole answer; `told` gets it piece by piece meanwhile. Rejects with a ModelRefusal when asking again is of no use. */
  answer(history: readonly Turn[], prompt: string, told: (text: string) => void): Promise<string>;
}

/** The model refuses: the same question would be refused again. */
export class ModelRefusal extends Error {}

/** Where a resource comes from: what the app declares, and the user's changes to what is made of it. */
/** Where a resource comes from: the inventory key and its line. */
export interface Origin {
  readonly key: string;
  readonly source?: string;
  /** `override` of the declaration; the part that this resource is. */
  readonly override?: unknown;
}

/** Documents that were read or written lately, so that reading them again asks no file. */

export interface Document {
  readonly text: string;
  /** What the text says, frozen; made when somebody wants to look at it. */
  value?: unknown;
}

export interface RecentDocuments {
  /** `undefined` where it is not known. */
  get(collection: string, scope: string, key: string): Document | undefined;
  set(collection: string, scope: string, key: string, document: Document): void;
  forget(collection: string, scope: string, key: string): void;
  clear(): void;
}

/** Of one document's text, and of all together; in characters, of which most take a byte. */
const longest = 16_384;
const most = 2_000_000;

export function recentDocuments(): RecentDocuments {
  /** The oldest first. */
  const documents = new Map<string, Document>();
  let length = 0;

  const idOf = (collection: string, scope: string, key: string) => `${collection}\n${scope}\n${key}`;
  const remove = (id: string) => {
    const document = documents.get(id);
    if (document === undefined) return;
    documents.delete(id);
    length -= document.text.length;
  };

  return {
    get: (collection, scope, key) => documents.get(idOf(collection, scope, key)),
    set(collection, scope, key, document) {
      const id = idOf(collection, scope, key);
      remove(id);
      if (document.text.length > longest) return;
      documents.set(id, document);
      length += document.text.length;
      for (const oldest of documents.keys()) {
        if (length <= most) break;
        remove(oldest);
      }
    },
    forget: (collection, scope, key) => remove(idOf(collection, scope, key)),
    clear() {
      documents.clear();
      length = 0;
    },
  };
}

/** What a document says, which nobody can change. */
export function valueOf(document: Document): unknown {
  return (document.value ??= frozen(JSON.parse(document.text)));
}

function frozen(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

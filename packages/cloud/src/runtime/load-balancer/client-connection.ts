/** What a listener holds of each client that is connected, by whichever version of HTTP. */
export interface ClientConnection {
  /** Ends what has been idle for too long; called every second. */
  sweep(nowMs: number): void;
  /** Ends when what is under way is over. */
  close(): void;
  destroy(): void;
}

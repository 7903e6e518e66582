/** The slow log: commands that took longer than the setting says, newest first (redis.io, "SLOWLOG"). */

export interface SlowCommand {
  id: number;
  atSeconds: number;
  tookMicroseconds: number;
  words: readonly string[];
  client: string;
  clientName: string;
}

export interface SlowLog {
  note(command: Omit<SlowCommand, "id" | "words"> & { words: readonly string[] }): void;
  entries(): readonly SlowCommand[];
  clear(): void;
}

const [maxWords, maxWordBytes] = [32, 128];

/** `setting` reads `slowlog-log-slower-than` (microseconds; negative: nothing) and `slowlog-max-len`. */
export function slowLog(setting: (name: string) => number): SlowLog {
  let entries: SlowCommand[] = [];
  let nextId = 0;
  return {
    note(command) {
      const limit = setting("slowlog-log-slower-than");
      if (limit < 0 || command.tookMicroseconds < limit) return;
      const words = command.words
        .slice(0, command.words.length > maxWords ? maxWords - 1 : maxWords)
        .map((word) =>
          word.length > maxWordBytes ? `${word.slice(0, maxWordBytes)}... (${word.length - maxWordBytes} more bytes)` : word,
        );
      if (command.words.length > maxWords) words.push(`... (${command.words.length - maxWords + 1} more arguments)`);
      entries = [{ ...command, words, id: nextId++ }, ...entries].slice(0, Math.max(0, setting("slowlog-max-len")));
    },
    entries: () => entries,
    clear: () => void (entries = []),
  };
}

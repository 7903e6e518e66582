/** Whether a command may run: it exists, has the right number of words, and its connection may give it now. */
import type { Command, Commands } from "./command.ts";
import { RedisError } from "./reply.ts";
import { isSubscriber, type Session } from "./session.ts";

/** The command's row; throws where it does not exist, has the wrong number of words, or may not run now. */
export function admitted(commands: Commands, session: Session, given: string, args: readonly string[]): Command {
  const row = commands[given.toUpperCase()];
  const faulty = (message: string) => {
    if (session.queue) session.queue.faulty = true;
    return new RedisError(message);
  };
  if (!session.authenticated && !row?.flags.includes("no_auth")) throw faulty("NOAUTH Authentication required.");
  if (!row) {
    const shown = args
      .slice(0, 20)
      .map((arg) => `'${arg.slice(0, 128)}' `)
      .join("");
    throw faulty(`ERR unknown command '${given.slice(0, 128)}', with args beginning with: ${shown}`);
  }
  const words = args.length + 1;
  if (row.arity > 0 ? words !== row.arity : words < -row.arity)
    throw faulty(`ERR wrong number of arguments for '${given.toLowerCase()}' command`);
  if (
    isSubscriber(session) &&
    !["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "PING", "QUIT", "RESET"].includes(
      given.toUpperCase(),
    )
  ) {
    throw faulty(
      `ERR Can't execute '${given.toLowerCase()}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    );
  }
  return row;
}

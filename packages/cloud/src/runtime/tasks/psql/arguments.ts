/** The options of psql: letters, alone or together, and their long names. */
import { readConnection } from "./connection.ts";
import { Fatal } from "./fatal.ts";

export interface Options {
  actions: { kind: "command" | "file"; text: string }[];
  variables: Record<string, string>;
  quiet: boolean;
  tuplesOnly: boolean;
  unaligned: boolean;
  singleTransaction: boolean;
  connection: Record<string, string>;
}

export function readArguments(args: readonly string[]): Options {
  const options: Options = {
    actions: [],
    variables: {},
    quiet: false,
    tuplesOnly: false,
    unaligned: false,
    singleTransaction: false,
    connection: {},
  };
  const positional: string[] = [];
  const connect = (name: string) => (value: string) => void (options.connection[name] = value);
  const withValue: Record<string, (value: string) => void> = {
    c: (text) => void options.actions.push({ kind: "command", text }),
    f: (text) => void options.actions.push({ kind: "file", text }),
    v: (text) => {
      const at = text.indexOf("=");
      options.variables[at < 0 ? text : text.slice(0, at)] = at < 0 ? "" : text.slice(at + 1);
    },
    h: connect("host"),
    p: connect("port"),
    U: connect("user"),
    d: (text) => void Object.assign(options.connection, readConnection(text)),
  };
  const flags: Record<string, () => void> = {
    X: () => {},
    w: () => {},
    q: () => void (options.quiet = true),
    t: () => void (options.tuplesOnly = true),
    A: () => void (options.unaligned = true),
    1: () => void (options.singleTransaction = true),
  };
  const long: Record<string, string> = {
    command: "c",
    file: "f",
    set: "v",
    variable: "v",
    host: "h",
    port: "p",
    username: "U",
    dbname: "d",
    "no-psqlrc": "X",
    "no-password": "w",
    quiet: "q",
    "tuples-only": "t",
    "no-align": "A",
    "single-transaction": "1",
  };
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    const next = () => {
      index++;
      if (index >= args.length) throw new Fatal(`option requires an argument: ${arg}`, 1);
      return args[index]!;
    };
    if (arg.startsWith("--") && arg.length > 2) {
      const [name, ...value] = arg.slice(2).split("=");
      const letter = long[name!];
      if (letter && withValue[letter]) withValue[letter](value.length > 0 ? value.join("=") : next());
      else if (letter) flags[letter]!();
      else throw new Fatal(`this psql has no option --${name}`, 1);
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const letter = arg[at]!;
        if (withValue[letter]) {
          withValue[letter](at + 1 < arg.length ? arg.slice(at + 1) : next());
          break;
        }
        const flag = flags[letter];
        if (!flag) throw new Fatal(`this psql has no option -${letter}`, 1);
        flag();
      }
    } else {
      positional.push(arg);
    }
  }
  if (positional[0] !== undefined) Object.assign(options.connection, readConnection(positional[0]));
  if (positional[1] !== undefined) options.connection.user = positional[1];
  return options;
}

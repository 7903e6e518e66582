/** What ends psql, with the exit code that psql has for it. */
export class Fatal extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

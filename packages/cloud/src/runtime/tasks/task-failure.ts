/** Why a task could not start or go on, in the words of its stopped reason. */
export class TaskFailure extends Error {
  /** The container that the failure belongs to, where it belongs to one. */
  readonly container: string | undefined;
  constructor(reason: string, container?: string) {
    super(reason);
    this.container = container;
  }
}

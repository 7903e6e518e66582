/** A template or its parameters cannot be used; the message is in CloudFormation's words. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TemplateError";
  }
}

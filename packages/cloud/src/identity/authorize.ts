/** Decides whether a caller may run an operation. */
import type { OperationContext, Service } from "../service.ts";

/** Throws AccessDenied in AWS's wording when the caller's policies do not allow the operation. */
export function authorize(_service: Service, _operation: string, _input: unknown, _context: OperationContext): void {
  // Filled in by the identity work: root and services are allowed everything, users and roles by their policies.
}

/** The table of services: what is not here does not exist. */
import type { ServiceId } from "../aws.ts";
import type { Service } from "../service.ts";

export const services: { readonly [S in ServiceId]?: Service<S> } = {};

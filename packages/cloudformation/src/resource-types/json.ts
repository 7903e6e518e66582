/** A JSON value, as in the properties that AWS leaves untyped (policy documents, dashboards' bodies). */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** See DESIGN in ARCHITECTURE.md. */
export {};

/** What plinth.config.ts imports: the language. */
export * from "@plinth/language";

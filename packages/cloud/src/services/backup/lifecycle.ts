/** How long a recovery point lives, and when it goes to cold storage. */
export interface Lifecycle {
  DeleteAfterDays?: number | undefined;
  MoveToColdStorageAfterDays?: number | undefined;
}

import type { FirstBoxes } from "./first_boxes";
import type { Boxes, BoxesRequest, Details, DetailsRequest, Opened, SearchRequest, SearchResult, TablePage, TableRequest } from "./wire";

/**
 * A profile as the views see it: in the server (answers come later) or in this page (answers are there at once).
 * A failed answer rejects or throws an `Error` whose message is for a person.
 */
export interface ViewModel {
  readonly opened: Opened;
  /** What can be shown until the answer to a question for boxes comes; null where nothing is here. */
  sketch?(request: BoxesRequest): FirstBoxes | null;
  boxes(request: BoxesRequest, signal?: AbortSignal): Promise<Boxes> | Boxes;
  search(request: SearchRequest): Promise<Found> | Found;
  details(request: DetailsRequest): Promise<Details> | Details;
  table(request: TableRequest, signal?: AbortSignal): Promise<TablePage> | TablePage;
}

/** What a search found; a search that took too long and was stopped has found a part. */
export type Found = SearchResult & { isLowerBound?: boolean };

import { isSketchOf, type FirstBoxes } from "./first_boxes";
import type { HostChannel } from "./host";
import type { Found, ViewModel } from "./model";
import type { Boxes, BoxesRequest, Details, DetailsRequest, Opened, SearchRequest, TablePage, TableRequest } from "./wire";

/** A profile that stays in the server; the host adds the model's name to each request. `first`: boxes that came with the profile. */
export class RemoteModel implements ViewModel {
  constructor(
    readonly opened: Opened,
    private readonly channel: HostChannel,
    private first: FirstBoxes | null = null,
  ) {}

  /** Once: the view has it then. */
  sketch(request: BoxesRequest): FirstBoxes | null {
    const { first } = this;
    this.first = null;
    return first && isSketchOf(first.request, request) ? first : null;
  }

  boxes(request: BoxesRequest, signal?: AbortSignal): Promise<Boxes> {
    return this.channel.request("views/boxes", request, signal);
  }

  search(request: SearchRequest): Promise<Found> {
    return this.channel.request("views/search", request);
  }

  details(request: DetailsRequest): Promise<Details> {
    return this.channel.request("views/details", request);
  }

  table(request: TableRequest, signal?: AbortSignal): Promise<TablePage> {
    return this.channel.request("views/table", request, signal);
  }
}

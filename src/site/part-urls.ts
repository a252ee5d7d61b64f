import * as v from "valibot";
import { formatRef } from "../shared/records.ts";
import type { Api } from "./api.ts";
import { decodeReply } from "./decode.ts";
import type { ExchangeReply } from "./exchange.ts";
import { explainAnswer } from "./site-answer.ts";
import { createLocks } from "./slots.ts";
import { plainSitePath, type UploadTicket } from "./upload-ticket.ts";

const PartSchema = v.looseObject({
  links: v.looseObject({ upload: v.string(), get_next_part: v.nullish(v.string()) }),
});
type Part = v.InferOutput<typeof PartSchema>["links"];

/**
 * Signed URLs of the parts of a multipart (contract/rest.md 6.3). Any part is asked for by its number, in parallel; a
 * site that refuses an edited number is asked along its own chain of links, from part 2 up.
 */
export class PartUrls {
  readonly #api: Api;
  /** Link to the part of that number, by ticket; none is signed. Filled once a site refused an edited number. */
  readonly #chains = new Map<string, Map<number, string>>();
  /** Signed URLs met on the way along a chain, each good for one try. */
  readonly #spare = new Map<string, Map<number, string>>();
  readonly #inTurn = createLocks();

  constructor(api: Api) {
    this.#api = api;
  }

  async issue(ticket: UploadTicket, partNumber: number, signal: AbortSignal): Promise<string> {
    const link = ticket.nextPartPath;
    if (link === null) throw new Error("A multipart ticket without a link to its parts.");
    if (!this.#chains.has(ticket.key)) {
      const reply = await this.#ask(ticket, withPartNumber(link, partNumber), partNumber, signal);
      if (isOk(reply)) return this.#decode(reply, ticket).upload;
      const mayWalk = partNumber > 1 && reply.status >= 400 && reply.status < 500;
      if (!mayWalk) throw this.#refusal(reply, ticket, partNumber);
      if (!this.#chains.has(ticket.key)) this.#chains.set(ticket.key, new Map([[2, link]]));
    }
    return this.#inTurn(ticket.key, () => this.#walk(ticket, partNumber, signal));
  }

  async #walk(ticket: UploadTicket, wanted: number, signal: AbortSignal): Promise<string> {
    const chain = this.#chains.get(ticket.key) ?? new Map<number, string>();
    const spare = this.#spare.get(ticket.key) ?? new Map<number, string>();
    this.#spare.set(ticket.key, spare);
    const met = spare.get(wanted);
    spare.delete(wanted);
    if (met !== undefined) return met;

    if (wanted === 1)
      return this.#oneLink(ticket, withPartNumber(ticket.nextPartPath ?? "", 1), 1, signal).then(
        (part) => part.upload,
      );
    for (let number = chain.has(wanted) ? wanted : Math.min(wanted, chain.size + 1); ; number += 1) {
      const link = chain.get(number);
      if (link === undefined) throw new Error("The chain of parts ended early.");
      const part = await this.#oneLink(ticket, link, number, signal);
      if (part.get_next_part) chain.set(number + 1, plainSitePath(this.#api.origin, part.get_next_part));
      else chain.set(number + 1, withPartNumber(link, number + 1));
      if (number === wanted) return part.upload;
      spare.set(number, part.upload);
    }
  }

  async #oneLink(ticket: UploadTicket, link: string, partNumber: number, signal: AbortSignal): Promise<Part> {
    const reply = await this.#ask(ticket, link, partNumber, signal);
    if (!isOk(reply)) throw this.#refusal(reply, ticket, partNumber);
    return this.#decode(reply, ticket);
  }

  #ask(ticket: UploadTicket, link: string, partNumber: number, signal: AbortSignal): Promise<ExchangeReply> {
    return this.#api.call({ path: link, what: whatOf(ticket, partNumber), record: ticket.record, signal });
  }

  #decode(reply: ExchangeReply, ticket: UploadTicket): Part {
    return decodeReply(PartSchema, reply, { origin: this.#api.origin, what: whatOf(ticket) }).links;
  }

  #refusal(reply: ExchangeReply, ticket: UploadTicket, partNumber: number): Error {
    return explainAnswer(reply, {
      origin: this.#api.origin,
      what: whatOf(ticket, partNumber),
      record: ticket.record,
    });
  }
}

function whatOf(ticket: UploadTicket, partNumber?: number): string {
  const part = partNumber === undefined ? "a part" : `part ${partNumber}`;
  return `take ${part} of the upload for ${formatRef(ticket.record)}`;
}

/** By the URL API, so that the other parameters stay as the site wrote them. */
function withPartNumber(link: string, partNumber: number): string {
  const url = new URL(link, "http://site");
  url.searchParams.set("part_number", String(partNumber));
  return `${url.pathname}${url.search}`;
}

function isOk(reply: ExchangeReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

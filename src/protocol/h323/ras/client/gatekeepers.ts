import type { Endpoint } from '../../../../base/net.js';
import { endpointOf, sameEndpoint } from '../../addresses.js';
import type { AdmissionReject, AltGKInfo, AlternateGK, RegistrationConfirm } from '../../h225/schema.js';
import type { ClientSettings } from '../contract.js';
import { discoveryGroup } from '../discovery.js';

/** A gatekeeper that can be asked. */
export interface Candidate {
  ras: Endpoint;
  identifier: string | null;
  /** Whether one registers there; else it knows us already. */
  needToRegister: boolean;
}

/** Most alternates that are remembered. */
const mostAlternates = 16;

/** The gatekeeper of the settings and those that it named in its place (H.225.0 §7.6), tried one after the other. */
export class Gatekeepers {
  private list: Candidate[];
  private at = 0;
  /** Assigned ones that were gone to. */
  private readonly followed: Endpoint[] = [];

  /** `others` are those of the settings; what the first one names takes their place. */
  constructor(
    private readonly first: Candidate,
    private readonly others: readonly Candidate[] = [],
  ) {
    this.list = [first, ...others];
  }

  get current(): Candidate {
    return this.list[this.at] ?? this.first;
  }

  /** All that are known, the current one first. */
  get known(): readonly Candidate[] {
    return [...this.list.slice(this.at), ...this.list.slice(0, this.at)];
  }

  /** The current one turned out to be there, under this name. */
  found(ras: Endpoint, identifier: string | null): void {
    this.list[this.at] = { ...this.current, ras, identifier: identifier ?? this.current.identifier };
  }

  /** The current one named others for the case that it fails. */
  alternates(named: readonly AlternateGK[] | undefined): void {
    if (named === undefined) return;
    this.list = [this.current, ...candidates(named).filter(({ ras }) => !sameEndpoint(ras, this.current.ras))];
    this.at = 0;
  }

  /**
   * We are assigned to that one (H.225.0, assignedGatekeeper), which goes before the current one; false where it is the
   * current one, or was gone to already.
   */
  assigned(named: AlternateGK | undefined): boolean {
    const home = this.elsewhere(named);
    if (!home || this.followed.length >= mostAlternates || this.followed.some((one) => sameEndpoint(one, home.ras)))
      return false;
    this.followed.push(home.ras);
    this.goHome(home);
    return true;
  }

  /** The one that we are assigned to, where that is not the current one. */
  elsewhere(named: AlternateGK | null | undefined): Candidate | null {
    const [home = null] = named ? candidates([named]) : [];
    return home && !sameEndpoint(home.ras, this.current.ras) ? home : null;
  }

  /** That one first, and the others after it. */
  goHome(home: Candidate): void {
    this.list = [home, ...this.known.filter(({ ras }) => !sameEndpoint(ras, home.ras))];
    this.at = 0;
  }

  /** On to the next; false when all were tried, and the first is the current one again. */
  next(): boolean {
    this.at++;
    if (this.at < this.list.length) return true;
    this.at = 0;
    this.list = [this.first, ...this.others];
    return false;
  }

  /** From now on these, in place of the current one; false when it named none that can be reached. */
  replace(named: readonly AlternateGK[]): boolean {
    const found = candidates(named).filter(({ ras }) => !sameEndpoint(ras, this.current.ras));
    if (found.length === 0) return false;
    this.list = found;
    this.at = 0;
    return true;
  }
}

/** Those of the settings. */
export function configured({ gatekeeper, gatekeeperIdentifier, alternates = [] }: ClientSettings): Gatekeepers {
  const identifier = gatekeeperIdentifier ?? null;
  const candidate = (ras: Endpoint) => ({ ras, identifier, needToRegister: true });
  const first = candidate(gatekeeper === 'multicast' ? discoveryGroup : gatekeeper);
  return new Gatekeepers(first, alternates.map(candidate));
}

/** Gatekeepers that a refusal names for this one request only. */
export function temporary(info: AltGKInfo | undefined): Candidate[] {
  if (!info || info.altGKisPermanent) return [];
  return candidates(info.alternateGatekeeper).filter(({ needToRegister }) => !needToRegister);
}

/** Gatekeepers that a refusal names for good, in place of the one that refuses. */
export function successors({
  altGKInfo,
  assignedGatekeeper,
}: Pick<AdmissionReject, 'altGKInfo' | 'assignedGatekeeper'>): AlternateGK[] {
  const named = altGKInfo?.altGKisPermanent ? altGKInfo.alternateGatekeeper : [];
  return named.length > 0 ? named : assignedGatekeeper ? [assignedGatekeeper] : [];
}

/** Whom we are assigned to, unless that is the gatekeeper's to see to; `before` where a confirm says nothing of it. */
export function homeIn(
  { assignedGatekeeper, rehomingModel }: Pick<RegistrationConfirm, 'assignedGatekeeper' | 'rehomingModel'>,
  before: AlternateGK | null,
): AlternateGK | null {
  return rehomingModel?.gatekeeperBased ? null : (assignedGatekeeper ?? before);
}

/** The smaller number is to be tried first. */
function candidates(named: readonly AlternateGK[]): Candidate[] {
  return named
    .slice(0, mostAlternates)
    .toSorted((a, b) => a.priority - b.priority)
    .flatMap(({ rasAddress, gatekeeperIdentifier, needToRegister }) => {
      const ras = endpointOf(rasAddress);
      return ras ? [{ ras, identifier: gatekeeperIdentifier ?? null, needToRegister }] : [];
    });
}

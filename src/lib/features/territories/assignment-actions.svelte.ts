import type { DataContext } from '$lib/data/context';
import { removeAssignment, updateAssignment } from '$lib/data/territories/mutations';
import type { Assignment } from '$lib/data/territories/schema';
import type { Workspace } from '$lib/data/workspace.svelte';
import { dayBefore, territoryName } from '$lib/domain/territories';
import { m } from '$lib/paraglide/messages';

type Asked = { kind: 'end' | 'remove'; assignment: Assignment };

/** What can be done with assignments, and the question that comes before. */
export class AssignmentActions {
  readonly #data: DataContext;
  readonly #workspace: Workspace;
  readonly #today: () => string;
  edited = $state.raw<Assignment | 'new' | null>(null);
  asked = $state.raw<Asked | null>(null);

  constructor(data: DataContext, workspace: Workspace, today: () => string) {
    this.#data = data;
    this.#workspace = workspace;
    this.#today = today;
  }

  get question(): { title: string; description: string; confirm: string } | null {
    if (!this.asked) return null;
    const { kind, assignment } = this.asked;
    const person = this.#workspace.nameOf(assignment.user_id) ?? m.territory_former_member();
    const territory = territoryName(assignment.territory, this.#workspace.viewer.locale);
    return kind === 'end'
      ? {
          title: m.assignment_end_title({ person, territory }),
          description: m.assignment_end_description(),
          confirm: m.assignment_end(),
        }
      : {
          title: m.assignment_remove_title({ person, territory }),
          description: m.assignment_remove_description(),
          confirm: m.assignment_remove(),
        };
  }

  /** Ends what was asked about yesterday, so that it does not hold today; what began today never was. */
  async confirm(): Promise<void> {
    if (!this.asked) return;
    const { kind, assignment } = this.asked;
    const yesterday = dayBefore(this.#today());
    if (kind === 'end' && assignment.starts_on <= yesterday)
      await updateAssignment(this.#data, assignment, { ends_on: yesterday });
    else await removeAssignment(this.#data, assignment.id);
  }
}

/** The parts of the layout data that the frame shows. */
export interface ShellOrganization {
  id: string;
  slug: string;
  name: string;
}

export interface ShellPerson {
  id: string;
  first_name: string;
  last_name: string;
  email: string | null;
  avatar_color: string | null;
}

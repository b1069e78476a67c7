import type { SupabaseClient } from '@supabase/supabase-js';
import type { Access } from '$lib/domain/permissions';
import type { Database } from '$lib/supabase/database.types';
import type { Session, SignedIn } from '$lib/supabase/server';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** Machine code; words for it are in `messages/`. */
      code?: string;
      /** Quoted by a person who asks for help; found in the server's log. */
      requestId?: string;
    }
    interface PageData {
      /** Of the organisation on screen. */
      access?: Access;
      /** Organisations that show this session nothing until a second factor is given. */
      asking?: { id: string; name: string; slug: string }[];
    }
    interface Locals {
      /** Acts as the person of the session cookie; row-level security decides what it sees. */
      supabase: SupabaseClient<Database>;
      /** The verified session of this request, whatever it is good for; looked up once. */
      session: () => Promise<Session | null>;
      /** The person of this request; null when nobody is signed in, or a second factor is still due. */
      signedIn: () => Promise<SignedIn | null>;
      requestId: string;
    }
  }
}

export {};

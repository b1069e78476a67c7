import { Client } from 'pg';

/** What jobs of the database need to call the project's own functions. */
export interface ProjectSecrets {
  /** Base URL of the API. */
  tandem_api_url: string;
  tandem_secret_key: string;
}

/**
 * Puts the address and the key of this project into the vault, where a hosted project has them put by hand once
 * (docs/operations.md). Both can change from one start to the next.
 */
export async function rememberSecrets(postgresUrl: string, secrets: ProjectSecrets): Promise<void> {
  const client = new Client({ connectionString: postgresUrl, application_name: 'tandem-secrets' });
  await client.connect();
  try {
    for (const [name, secret] of Object.entries(secrets)) {
      await client.query(
        `select case
           when known.id is null then vault.create_secret($2, $1)::text
           when known.decrypted_secret <> $2 then vault.update_secret(known.id, $2)::text
         end
         from (values (1)) as once left join vault.decrypted_secrets as known on known.name = $1`,
        [name, secret],
      );
    }
  } finally {
    await client.end();
  }
}

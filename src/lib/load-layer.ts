import { toast } from 'svelte-sonner';
import { errorWords } from '$lib/error-words';

/**
 * Loads the component of something that opens above the page (`{#await loadLayer(…) then Layer}`). When it cannot be
 * had, one toast says why and `onFailed` puts the page back, so that the same thing can be asked for again.
 *
 * @returns the component, or null
 */
export async function loadLayer<Layer>(
  load: () => Promise<{ default: Layer }>,
  onFailed: () => void,
): Promise<Layer | null> {
  try {
    return (await load()).default;
  } catch (error) {
    onFailed();
    toast.error(errorWords(error));
    return null;
  }
}

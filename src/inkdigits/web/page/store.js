/**
 * What the browser keeps between visits, in IndexedDB: documents with their readings and corrections, and templates;
 * and in localStorage, for the moment until then, notes of what is on its way there.
 * Where a browser keeps nothing (a private window), all of it lasts as long as the page.
 */

const NAME = "inkdigits";
const VERSION = 1;
const STORES = ["documents", "templates"];
const NOTE = "inkdigits-note-";

let opened = null;

/** Return everything in a store, oldest first. */
export async function allOf(store) {
  const database = await open();
  if (!database) return [];
  const items = await settled(database.transaction(store).objectStore(store).getAll());
  return items.sort((one, other) => one.added - other.added);
}

/** Keep an item, in place of one with its id; tell whether it is kept. */
export function keep(store, item) {
  return change(store, (items) => items.put(item));
}

/** Keep an item no longer. */
export function forget(store, id) {
  return change(store, (items) => items.delete(id));
}

async function change(store, act) {
  const database = await open();
  if (!database) return false;
  try {
    const transaction = database.transaction(store, "readwrite");
    const done = completed(transaction);
    done.catch(() => {}); // where act throws, nobody waits for it
    act(transaction.objectStore(store));
    await done;
    return true;
  } catch {
    return false; // the disk is full, or the browser allows no more
  }
}

function open() {
  opened ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(NAME, VERSION);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store, { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
  return opened;
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * Note at once what is about to be kept, and return what takes the note away. A page that is left or loaded again while
 * IndexedDB writes loses the write; what is noted then still stands in `noted`.
 */
export function note(name, value) {
  const key = NOTE + name;
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
  } catch {
    return () => {}; // the browser allows none
  }
  return () => {
    if (localStorage.getItem(key) === text) localStorage.removeItem(key);
  };
}

/** Return what was noted and not taken away, as pairs of name and value. */
export function noted() {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(NOTE))
      .map((key) => [key.slice(NOTE.length), JSON.parse(localStorage.getItem(key))]);
  } catch {
    return [];
  }
}

/** Return an id that no other item has. */
export function newId() {
  const numbers = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(numbers, (number) => number.toString(16).padStart(8, "0")).join("");
}

// The queue's shelf: IndexedDB, so that entries survive a reload, a crash and a flat battery.
const opening = new Promise((done, failed) => {
  const wish = indexedDB.open("millwright", 1);
  wish.onupgradeneeded = () => wish.result.createObjectStore("queue", { keyPath: "n", autoIncrement: true });
  wish.onsuccess = () => done(wish.result);
  wish.onerror = () => failed(wish.error);
});

async function shelf(mode, act) {
  const database = await opening;
  return new Promise((done, failed) => {
    const work = database.transaction("queue", mode, { durability: "strict" });
    const wish = act(work.objectStore("queue"));
    // Only a completed transaction is on disk; the request's own success is not enough.
    work.oncomplete = () => done(wish.result);
    work.onabort = work.onerror = () => failed(work.error);
  });
}

export const all = () => shelf("readonly", (box) => box.getAll());
export const add = (entry) => shelf("readwrite", (box) => box.add(entry));
export const remove = (n) => shelf("readwrite", (box) => box.delete(n));

/** Change a stored entry in one transaction; `change` answers the new entry, or nothing to leave it. */
export async function change(n, how) {
  const database = await opening;
  return new Promise((done, failed) => {
    const work = database.transaction("queue", "readwrite", { durability: "strict" });
    const box = work.objectStore("queue");
    let after;
    box.get(n).onsuccess = (event) => {
      after = event.target.result && how(event.target.result);
      if (after) box.put(after);
    };
    work.oncomplete = () => done(after);
    work.onabort = work.onerror = () => failed(work.error);
  });
}

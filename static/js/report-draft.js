/* What was typed and is not on the server yet, kept in the browser: it survives a lost line and a killed browser.
   window.reportDraft: put(key, entry), drop(key), all(prefix) -> Promise of [key, entry]; the same for files. */
(function () {
  "use strict";
  var opening = null;

  function open() {
    opening =
      opening ||
      new Promise(function (resolve, reject) {
        var request = indexedDB.open("postloan-drafts", 1);
        request.onupgradeneeded = function () {
          request.result.createObjectStore("answers");
          request.result.createObjectStore("files");
        };
        request.onsuccess = function () {
          resolve(request.result);
        };
        request.onerror = function () {
          reject(request.error);
        };
      });
    return opening;
  }

  function run(store, mode, act) {
    return open().then(function (base) {
      return new Promise(function (resolve, reject) {
        var change = base.transaction(store, mode);
        var result = act(change.objectStore(store));
        change.oncomplete = function () {
          resolve(result && "result" in result ? result.result : undefined);
        };
        change.onerror = change.onabort = function () {
          reject(change.error);
        };
      });
    });
  }

  function all(store, prefix) {
    return open().then(function (base) {
      return new Promise(function (resolve, reject) {
        var found = [];
        var range = IDBKeyRange.bound(prefix, prefix + "\uffff");
        var request = base.transaction(store).objectStore(store).openCursor(range);
        request.onsuccess = function () {
          var cursor = request.result;
          if (!cursor) return resolve(found);
          found.push([cursor.key, cursor.value]);
          cursor.continue();
        };
        request.onerror = function () {
          reject(request.error);
        };
      });
    });
  }

  /* A browser that keeps nothing (a private window) still saves to the server: only the second net is missing. */
  function quietly(promise, instead) {
    return promise.catch(function (error) {
      window.console.info("kept on this device: no", error && error.name);
      return instead;
    });
  }

  window.reportDraft = {
    put: function (key, entry) {
      return quietly(
        run("answers", "readwrite", function (store) {
          store.put(entry, key);
        }),
      );
    },
    drop: function (key) {
      return quietly(
        run("answers", "readwrite", function (store) {
          store.delete(key);
        }),
      );
    },
    all: function (prefix) {
      return quietly(all("answers", prefix), []);
    },
    putFile: function (key, entry) {
      return quietly(
        run("files", "readwrite", function (store) {
          store.put(entry, key);
        }),
      );
    },
    dropFile: function (key) {
      return quietly(
        run("files", "readwrite", function (store) {
          store.delete(key);
        }),
      );
    },
    allFiles: function (prefix) {
      return quietly(all("files", prefix), []);
    },
  };
})();

/* Photos and files: several at once, in pieces that go on where they stopped, also after the window was closed. */
(function () {
  "use strict";
  var report = window.report;
  if (!report) return;
  var PIECE = 512 * 1024;
  var AGAIN = 3000;
  var AT_ONCE = 2;
  var queue = [];
  var running = 0;

  function place() {
    return new Promise(function (resolve) {
      if (!navigator.geolocation) return resolve(null);
      navigator.geolocation.getCurrentPosition(
        function (found) {
          resolve({ latitude: found.coords.latitude, longitude: found.coords.longitude });
        },
        function () {
          resolve(null);
        },
        { maximumAge: 60000, timeout: 4000 },
      );
    });
  }
  report.place = place;

  function card(job) {
    var list = report.page.querySelector('[data-files="' + job.question + '"] [data-list]');
    var made = document.querySelector("[data-upload-pattern]").content.firstElementChild.cloneNode(true);
    made.querySelector("[data-name]").textContent = job.name;
    list.insertBefore(made, list.querySelector(".rep-add"));
    made.querySelector("[data-drop]").addEventListener("click", function () {
      made.remove();
    });
    return made;
  }

  function progress(job, share, text) {
    job.card.querySelector("progress").value = share;
    job.card.querySelector("[data-progress-text]").textContent =
      text || report.spec.texts.uploading.replace("%s", Math.round(share) + "%");
  }

  function add(job) {
    job.card = card(job);
    progress(job, 0);
    queue.push(job);
    next();
  }

  function next() {
    while (running < AT_ONCE && queue.length) {
      running += 1;
      run(queue.shift());
    }
  }

  function over(job) {
    running -= 1;
    window.reportDraft.dropFile(job.key);
    next();
  }

  function run(job) {
    report
      .send(report.spec.uploads, { question: job.question, name: job.name, size: job.file.size })
      .then(function (begun) {
        job.address = begun.address;
        return pieces(job, begun.received);
      })
      .then(function (data) {
        var made = document.createElement("template");
        made.innerHTML = data.html.trim();
        job.card.replaceWith(made.content.firstElementChild);
        report.standing(data);
        changed();
        over(job);
      })
      .catch(function (error) {
        if (error.status) return refused(job, error);
        progress(job, job.share || 0, report.spec.texts.broken);
        setTimeout(function () {
          run(job);
        }, AGAIN);
      });
  }

  function refused(job, error) {
    job.card.classList.add("flagged");
    job.card.querySelector("progress").hidden = true;
    job.card.querySelector("[data-progress-text]").textContent = error.message;
    job.card.querySelector("[data-drop]").hidden = false;
    over(job);
  }

  function pieces(job, offset) {
    job.share = (offset / job.file.size) * 100;
    progress(job, job.share);
    var headers = {
      "Content-Type": "application/octet-stream",
      "Upload-Offset": String(offset),
      "X-CSRFToken": report.cookie("csrftoken"),
      "HX-Request": "true",
    };
    if (job.takenAt) headers["X-Taken-At"] = job.takenAt;
    if (job.place) {
      headers["X-Latitude"] = job.place.latitude.toFixed(6);
      headers["X-Longitude"] = job.place.longitude.toFixed(6);
    }
    var body = job.file.slice(offset, offset + PIECE);
    return fetch(job.address, { method: "PATCH", credentials: "same-origin", headers: headers, body: body }).then(
      function (response) {
        if (response.status === 401)
          return report.logIn().then(function () {
            return pieces(job, offset);
          });
        return response.json().then(function (data) {
          if (response.status === 409 && "received" in data) return pieces(job, data.received);
          if (!response.ok) {
            var error = new Error(data.error || String(response.status));
            error.status = response.status;
            throw error;
          }
          return data.id ? data : pieces(job, data.received);
        });
      },
    );
  }

  report.page.addEventListener("change", function (event) {
    var input = event.target;
    if (input.type !== "file") return;
    var question = input.closest("[data-files]").dataset.files;
    var chosen = Array.from(input.files);
    input.value = "";
    place().then(function (where) {
      chosen.forEach(function (file) {
        var job = {
          key: report.prefix + Date.now() + "-" + Math.random().toString(36).slice(2),
          question: question,
          name: file.name,
          takenAt: new Date(file.lastModified).toISOString(),
          place: where,
          file: file,
        };
        window.reportDraft.putFile(job.key, Object.assign({}, job));
        add(job);
      });
    });
  });

  window.reportDraft.allFiles(report.prefix).then(function (found) {
    found.forEach(function (pair) {
      if (report.page.querySelector('[data-files="' + pair[1].question + '"]')) add(pair[1]);
    });
  });

  function changed() {
    report.page.dispatchEvent(new CustomEvent("report:files"));
  }

  function change(item, body) {
    report.send(item.dataset.change, body).then(function (data) {
      if (data.removed) item.remove();
      else if (data.html && !("caption" in body)) {
        var made = document.createElement("template");
        made.innerHTML = data.html.trim();
        item.replaceWith(made.content.firstElementChild);
      }
      report.standing(data);
      changed();
    }, function (error) {
      item.title = error.message;
    });
  }

  report.page.addEventListener("change", function (event) {
    var item = event.target.closest("[data-file]");
    if (!item) return;
    if (event.target.hasAttribute("data-caption")) change(item, { caption: event.target.value });
    if (event.target.hasAttribute("data-again")) change(item, { explanation: event.target.value });
  });
  report.page.addEventListener("click", function (event) {
    var out = event.target.closest("[data-remove-file]");
    if (out) change(out.closest("[data-file]"), { remove: true });
  });
})();

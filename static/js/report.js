/* A report saves itself: every change is kept in the browser at once and on the server within seconds; an answer that
   somebody else changed meanwhile is shown beside one's own; an expired log-in is renewed in place. */
(function () {
  "use strict";
  var page = document.querySelector("[data-report]");
  if (!page) return;
  var spec = JSON.parse(document.getElementById(page.dataset.spec).textContent);
  var fields = window.reportFields(page, spec);
  fields.follow();
  if (page.hasAttribute("data-readonly") || !spec.save) {
    page.addEventListener("input", fields.follow);
    return;
  }

  var TAB = Math.random().toString(36).slice(2) + Date.now().toString(36);
  var PREFIX = document.querySelector("[data-staff]").dataset.staff + "/" + spec.report + "/";
  var SOON = 1200;
  var LATEST = 4000;
  var AGAIN = 3000;
  var versions = {};
  var dirty = {};
  var held = {};
  var typing = {};
  var timer = null;
  var sending = false;
  var waitingSince = 0;

  Object.keys(spec.questions).forEach(function (code) {
    versions[code] = spec.questions[code].version;
  });

  function cookie(name) {
    var found = document.cookie.match(new RegExp("(?:^|; )" + name + "=([^;]*)"));
    return found ? decodeURIComponent(found[1]) : "";
  }

  /* Every call of the page: JSON in and out; 401 is an expired log-in. */
  function send(address, body, more) {
    var options = {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": cookie("csrftoken"),
        "HX-Request": "true",
      },
      body: JSON.stringify(body),
    };
    return fetch(address, Object.assign(options, more || {})).then(function (response) {
      if (response.status === 401) {
        return logIn().then(function () {
          options.headers["X-CSRFToken"] = cookie("csrftoken");
          return send(address, body, more);
        });
      }
      return response
        .json()
        .catch(function () {
          return {};
        })
        .then(function (data) {
          if (response.ok) return data;
          var error = new Error(data.error || String(response.status));
          error.data = data;
          error.status = response.status;
          throw error;
        });
    });
  }

  // ── the state of saving ─────────────────────────────────────────────────────────────────────────────────
  var bar = document.querySelector("[data-status]");

  function say(state, text) {
    var icons = { saved: "cloud-check", waiting: "cloud", saving: "cloud-arrow-up", offline: "cloud-slash" };
    bar.dataset.status = state;
    bar.querySelector(".bi").className = "bi bi-" + icons[state];
    bar.querySelector("[data-status-text]").textContent = text;
  }

  function count(name, n) {
    document.querySelectorAll('[data-total="' + name + '"]').forEach(function (place) {
      place.textContent = n;
    });
  }

  function show(place, shown) {
    if (place) place.hidden = !shown;
  }

  function standing(data) {
    bar.querySelector("[data-status-version]").textContent = spec.texts.version.replace("%s", data.version);
    Object.keys(data.sections || {}).forEach(function (code) {
      sectionState(code, data.sections[code]);
    });
    if (data.problems) problems(data.problems);
    if (data.totals) {
      count("done", data.totals.done);
      count("wrong", data.totals.wrong);
      count("missing", data.totals.missing);
      show(document.querySelector("[data-bar-wrong]"), data.totals.wrong > 0);
      show(document.querySelector("[data-bar-missing]"), data.totals.missing > 0);
      show(document.querySelector("[data-wrong-sum]"), data.totals.wrong > 0);
      var line = document.querySelector("[data-total-bar]");
      if (line) line.value = data.totals.done;
    }
    var score = document.querySelector("[data-score]");
    if (score && data.score) {
      score.textContent = data.score.points;
      score.className = "tag tag-" + data.score.tone;
    }
  }

  function sectionState(code, now) {
    var pattern = document.querySelector('[data-state-pattern="' + now.state + '"]');
    document.querySelectorAll('[data-nav="' + code + '"], [data-section="' + code + '"]').forEach(function (part) {
      var place = part.querySelector("[data-state]");
      if (place) place.replaceChildren(pattern.content.cloneNode(true));
    });
  }

  function problems(found) {
    var list = document.querySelector("[data-error-list]");
    list.replaceChildren();
    Object.keys(spec.questions).forEach(function (code) {
      var text = found[code] || "";
      var box = fields.boxes[code] || page.querySelector('[data-files="' + code + '"]');
      if (!box) return;
      var place = box.querySelector("[data-problem]");
      if (place) {
        place.textContent = text;
        place.hidden = !text;
      }
      var remark = box.querySelector('[data-part="remark"]');
      (remark ? [remark] : box.querySelectorAll("[data-part]")).forEach(function (input) {
        if (/^(text|textarea|select-one|date)$/.test(input.type)) input.classList.toggle("is-invalid", !!text);
        if (text) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      });
      if (!text) return;
      var item = document.createElement("li");
      var link = document.createElement("a");
      link.href = "#" + box.id;
      var label = box.querySelector(".q-lab, .k-nm");
      link.textContent = label ? label.firstChild.textContent + (label.childNodes[1] || {}).textContent : code;
      item.append(link, " " + text);
      list.append(item);
    });
    show(document.querySelector("[data-errors]"), list.children.length > 0);
  }

  // ── changes ─────────────────────────────────────────────────────────────────────────────────────────────
  function note(code) {
    var answer = fields.read(code);
    var entry = { value: answer.value, explanation: answer.explanation, remark: answer.remark };
    entry.base = dirty[code] ? dirty[code].base : versions[code];
    entry.tab = TAB;
    entry.at = Date.now();
    dirty[code] = entry;
    if (!waitingSince) waitingSince = Date.now();
    window.reportDraft.put(PREFIX + code, entry);
    if (navigator.onLine !== false) say("waiting", spec.texts.waiting);
  }

  function soon(delay) {
    var latest = waitingSince ? Math.max(0, LATEST - (Date.now() - waitingSince)) : LATEST;
    clearTimeout(timer);
    timer = setTimeout(flush, Math.min(delay, latest));
  }

  function pending() {
    return Object.keys(dirty).filter(function (code) {
      return !held[code];
    });
  }

  function flush(more) {
    clearTimeout(timer);
    var codes = pending();
    if (sending || !codes.length) return Promise.resolve();
    sending = true;
    waitingSince = 0;
    say("saving", spec.texts.saving);
    var sent = {};
    var changes = codes.map(function (code) {
      sent[code] = dirty[code];
      return Object.assign({ question: code }, dirty[code]);
    });
    return send(spec.save, { changes: changes }, more instanceof Event ? undefined : more)
      .then(function (data) {
        sending = false;
        done(data, sent);
      })
      .catch(function (error) {
        sending = false;
        failed(error);
      });
  }

  function done(data, sent) {
    Object.keys(sent).forEach(function (code) {
      if (code in data.saved) {
        versions[code] = data.saved[code];
        settle(code, sent[code]);
      } else if (code in data.refused) {
        settle(code, sent[code]);
      }
    });
    data.conflicts.forEach(conflict);
    standing(data);
    if (pending().length) {
      waitingSince = Date.now();
      soon(SOON);
    } else say("saved", spec.texts.saved + " " + data.at);
    page.dispatchEvent(new CustomEvent("report:saved", { detail: data }));
  }

  /* What was sent is on the server; what was typed since stays to be sent. */
  function settle(code, entry) {
    if (dirty[code] === entry) {
      delete dirty[code];
      window.reportDraft.drop(PREFIX + code);
    } else if (dirty[code]) {
      dirty[code].base = versions[code];
    }
  }

  function failed(error) {
    if (error.status === 409 || error.status === 403) {
      say("offline", error.message);
      return;
    }
    say("offline", error.status ? spec.texts.failed : spec.texts.offline);
    timer = setTimeout(flush, AGAIN);
  }

  // ── conflicts ───────────────────────────────────────────────────────────────────────────────────────────
  function words(code, answer) {
    var value = answer.value;
    var box = fields.boxes[code];
    if (box.dataset.type === "table") value = (value || []).length + " ×";
    else if (typeof value === "object" && value) value = Object.values(value).join(" ");
    else {
      var option = box.querySelector('input[type="radio"][value="' + CSS.escape(String(value)) + '"] + span');
      if (option) value = option.textContent;
    }
    var all = [value, answer.explanation, answer.remark].filter(Boolean).join(" · ");
    return all || spec.texts.empty;
  }

  function conflict(theirs) {
    var code = theirs.question;
    var box = fields.boxes[code];
    if (!dirty[code] || !box) return;
    held[code] = theirs;
    box.querySelectorAll(".rep-conflict").forEach(function (old) {
      old.remove();
    });
    var panel = document.querySelector("[data-conflict-pattern]").content.firstElementChild.cloneNode(true);
    panel.querySelector("[data-who]").textContent = spec.texts.meanwhile
      .replace("%(who)s", theirs.who)
      .replace("%(at)s", theirs.at);
    panel.querySelector("[data-mine]").textContent = words(code, dirty[code]);
    panel.querySelector("[data-theirs]").textContent = words(code, theirs);
    panel.querySelector("[data-keep]").addEventListener("click", function () {
      release(code, panel);
      dirty[code].base = versions[code] = theirs.version;
      soon(0);
    });
    panel.querySelector("[data-take]").addEventListener("click", function () {
      release(code, panel);
      versions[code] = theirs.version;
      delete dirty[code];
      window.reportDraft.drop(PREFIX + code);
      fields.write(code, theirs);
      fields.follow();
    });
    (box.querySelector(".q-main, .k-rem") || box).append(panel);
    box.closest("details").open = true;
  }

  function release(code, panel) {
    delete held[code];
    panel.remove();
  }

  // ── log-in in place ─────────────────────────────────────────────────────────────────────────────────────
  var asking = null;

  function logIn() {
    if (asking) return asking;
    var dialog = document.querySelector("[data-login]");
    var input = dialog.querySelector("[data-password]");
    var wrong = dialog.querySelector("[data-login-error]");
    say("offline", spec.texts.ended);
    asking = new Promise(function (resolve) {
      dialog.addEventListener("cancel", function (event) {
        event.preventDefault();
      });
      dialog.querySelector("form").onsubmit = function (event) {
        event.preventDefault();
        enter(input.value).then(function (problem) {
          input.value = "";
          wrong.hidden = !problem;
          wrong.textContent = problem;
          if (problem) return input.focus();
          dialog.close();
          asking = null;
          resolve();
        });
      };
      dialog.showModal();
      input.focus();
    });
    return asking;
  }

  /* The log-in page itself checks the password; back comes the sentence that it shows, or nothing. */
  function enter(password) {
    return fetch(spec.login, { credentials: "same-origin" })
      .then(function () {
        var form = new FormData();
        form.append("username", document.querySelector("[data-staff]").dataset.staff);
        form.append("password", password);
        form.append("next", spec.alive);
        return fetch(spec.login, {
          method: "POST",
          credentials: "same-origin",
          headers: { "X-CSRFToken": cookie("csrftoken") },
          body: form,
        });
      })
      .then(function (response) {
        if (new URL(response.url).pathname === spec.alive) return "";
        return response.text().then(function (text) {
          var answer = new DOMParser().parseFromString(text, "text/html");
          var said = answer.querySelector(".err, [role=alert]");
          return (said && said.textContent.trim()) || spec.texts.wrong_password;
        });
      })
      .catch(function () {
        return spec.texts.offline;
      });
  }

  // ── what people do ──────────────────────────────────────────────────────────────────────────────────────
  function codeOf(target) {
    var box = target.closest("[data-q]");
    return box && !spec.questions[box.dataset.q].fixed ? box.dataset.q : "";
  }

  page.addEventListener("input", function (event) {
    var code = codeOf(event.target);
    if (!code) return;
    typing[code] = true;
    note(code);
    fields.follow();
    soon(/^(radio|checkbox|date|select-one)$/.test(event.target.type) ? 150 : SOON);
  });
  page.addEventListener("focusout", function (event) {
    var code = codeOf(event.target);
    if (code && typing[code]) {
      delete typing[code];
      soon(0);
    }
  });
  page.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add-row]");
    var out = event.target.closest("[data-remove-row]");
    if (add) fields.addRow(add.closest("[data-q]"), null).querySelector("[data-col]").focus();
    if (out) {
      var box = out.closest("[data-q]");
      out.closest("tr").remove();
      note(box.dataset.q);
      fields.follow();
      soon(0);
    }
  });
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      flush();
    }
  });
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") flush({ keepalive: true });
  });
  window.addEventListener("beforeunload", function (event) {
    if (pending().length && navigator.onLine === false) event.preventDefault();
  });

  // ── sections ────────────────────────────────────────────────────────────────────────────────────────────
  var sections = Array.from(page.querySelectorAll("[data-section]"));

  function goTo(section) {
    section.open = true;
    section.querySelector("summary").focus({ preventScroll: true });
    section.scrollIntoView({ block: "start" });
    document.querySelectorAll("[data-nav] a").forEach(function (link) {
      link.removeAttribute("aria-current");
    });
    document.querySelectorAll('[data-nav="' + section.dataset.section + '"] a').forEach(function (link) {
      link.setAttribute("aria-current", "step");
    });
  }

  function follow(link) {
    var target = link && document.getElementById(link.hash.slice(1));
    var section = target && target.closest("[data-section]");
    if (!section) return false;
    goTo(section);
    if (target !== section) {
      target.scrollIntoView({ block: "center" });
      var input = target.querySelector("input, textarea, select");
      if (input) input.focus({ preventScroll: true });
    }
    return true;
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-nav] a, [data-errors] a");
    if (link && follow(link)) {
      event.preventDefault();
      var phone = link.closest("details.only-phone");
      if (phone) phone.open = false;
    }
    var step = event.target.closest("[data-step]");
    if (step) {
      var open = sections.findIndex(function (section) {
        return section.getBoundingClientRect().bottom > 120;
      });
      var next = sections[Math.min(Math.max(open + Number(step.dataset.step), 0), sections.length - 1)];
      sections[Math.max(open, 0)].open = false;
      goTo(next);
    }
    var na = event.target.closest("[data-na-save], [data-na-open]");
    if (na) markSection(na.closest("[data-na]"), na.hasAttribute("data-na-open"));
  });

  function markSection(place, opens) {
    var input = place.querySelector("input");
    var wrong = place.querySelector("[data-na-error]");
    send(spec.section, { section: place.dataset.na, because: opens ? "" : input.value })
      .then(function (data) {
        wrong.hidden = true;
        if (opens) input.value = "";
        place.querySelector("[data-na-open]").hidden = opens;
        document.querySelectorAll('[data-nav="' + place.dataset.na + '"] [data-why]').forEach(function (why) {
          why.textContent = data.because;
          why.hidden = !data.because;
        });
        standing(data);
      })
      .catch(function (error) {
        wrong.textContent = error.message;
        wrong.hidden = false;
      });
  }

  // ── what an earlier window left behind ──────────────────────────────────────────────────────────────────
  window.reportDraft.all(PREFIX).then(function (found) {
    var restored = 0;
    found.forEach(function (pair) {
      var code = pair[0].slice(PREFIX.length);
      var entry = pair[1];
      if (!fields.boxes[code] || dirty[code]) return;
      dirty[code] = entry;
      fields.write(code, entry);
      restored += 1;
    });
    if (!restored) return;
    var notice = document.querySelector("[data-notice]");
    notice.querySelector("p").textContent = spec.texts.restored;
    notice.hidden = false;
    fields.follow();
    soon(0);
  });

  window.report = { page: page, spec: spec, send: send, cookie: cookie, standing: standing, logIn: logIn, prefix: PREFIX };
})();

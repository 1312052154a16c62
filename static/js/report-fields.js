/* The fields of a report: reading and writing them, conditions, explanations, changes against last time.
   window.reportFields(page, spec) -> {read, write, boxes, follow}. */
(function () {
  "use strict";

  function number(text) {
    var plain = String(text == null ? "" : text)
      .normalize("NFKC")
      .replace(/[,\s]/g, "")
      .replace("−", "-");
    return plain === "" || isNaN(Number(plain)) ? null : Number(plain);
  }

  function isEmpty(value) {
    if (value == null) return true;
    if (typeof value === "string") return !value.trim();
    if (Array.isArray(value)) return value.every(isEmpty);
    if (typeof value === "object") {
      return Object.keys(value).every(function (name) {
        return name === "key" || isEmpty(value[name]);
      });
    }
    return false;
  }

  function fits(condition, value) {
    var found = Array.isArray(value) ? value : [value];
    if ("is" in condition) return found.indexOf(condition.is) >= 0;
    if ("in" in condition)
      return found.some(function (one) {
        return condition.in.indexOf(one) >= 0;
      });
    if ("starts" in condition)
      return found.some(function (one) {
        return condition.starts.some(function (start) {
          return String(one || "").indexOf(start) === 0;
        });
      });
    if ("over" in condition) return number(value) !== null && number(value) > Number(condition.over);
    return isEmpty(value) !== condition.answered;
  }

  window.reportFields = function (page, spec) {
    var boxes = {};
    page.querySelectorAll("[data-q]").forEach(function (box) {
      boxes[box.dataset.q] = box;
    });

    function part(box, name) {
      return box.querySelector('[data-part="' + name + '"]');
    }

    function value(box) {
      var kind = box.dataset.type;
      if (kind === "table") {
        return Array.from(box.querySelectorAll("[data-rows] > tr[data-row]")).map(function (row) {
          var made = { key: row.dataset.row };
          row.querySelectorAll("[data-col]").forEach(function (input) {
            made[input.dataset.col] = input.value;
          });
          return made;
        });
      }
      if (kind === "choices") {
        return Array.from(box.querySelectorAll('[data-part="value"]:checked')).map(function (input) {
          return input.value;
        });
      }
      if (kind === "person_met") {
        var made = {};
        box.querySelectorAll("[data-person]").forEach(function (input) {
          made[input.dataset.person] = input.value;
        });
        return made;
      }
      var chosen = box.querySelector('input[type="radio"][data-part="value"]');
      if (chosen) {
        chosen = box.querySelector('input[type="radio"][data-part="value"]:checked');
        return chosen ? chosen.value : "";
      }
      return part(box, "value").value;
    }

    function read(code) {
      var box = boxes[code];
      var explanation = part(box, "explanation");
      var remark = part(box, "remark");
      return {
        value: value(box),
        explanation: explanation ? explanation.value : "",
        remark: remark ? remark.value : "",
      };
    }

    function addRow(box, row) {
      var pattern = box.querySelector("[data-row-pattern]");
      var made = pattern.content.firstElementChild.cloneNode(true);
      made.dataset.row = (row && row.key) || "n" + Math.random().toString(36).slice(2, 10);
      made.querySelectorAll("[data-col]").forEach(function (input) {
        input.value = (row && row[input.dataset.col]) || "";
      });
      box.querySelector("[data-rows]").append(made);
      return made;
    }

    function write(code, answer) {
      var box = boxes[code];
      var kind = box.dataset.type;
      if (kind === "table") {
        box.querySelector("[data-rows]").replaceChildren();
        (answer.value || []).forEach(function (row) {
          addRow(box, row);
        });
      } else if (kind === "person_met") {
        box.querySelectorAll("[data-person]").forEach(function (input) {
          input.value = (answer.value || {})[input.dataset.person] || "";
        });
      } else if (box.querySelector('input[type="radio"], input[type="checkbox"]')) {
        var chosen = [].concat(answer.value);
        box.querySelectorAll('[data-part="value"]').forEach(function (input) {
          input.checked = chosen.indexOf(input.value) >= 0;
        });
      } else {
        part(box, "value").value = answer.value == null ? "" : answer.value;
      }
      ["explanation", "remark"].forEach(function (name) {
        var input = part(box, name);
        if (input) input.value = answer[name] || "";
      });
    }

    function current(code) {
      var asked = spec.questions[code];
      return boxes[code] && !asked.fixed ? value(boxes[code]) : asked && asked.value;
    }

    function holds(condition) {
      if (!condition) return true;
      if (condition.all) return condition.all.every(holds);
      if (condition.any) return condition.any.some(holds);
      if (condition.not) return !holds(condition.not);
      return fits(condition, condition.question ? current(condition.question) : spec.facts[condition.fact]);
    }

    function explain(code) {
      var field = boxes[code] && boxes[code].querySelector("[data-explain]");
      if (!field) return;
      field.hidden = ![].concat(value(boxes[code])).some(function (one) {
        return spec.questions[code].risky.indexOf(one) >= 0;
      });
    }

    function compare(code) {
      var place = boxes[code] && boxes[code].querySelector("[data-delta]");
      if (!place) return;
      var now = number(value(boxes[code]));
      var last = number(spec.questions[code].last);
      if (now === null || last === null) {
        place.textContent = "—";
        place.classList.remove("up-bad");
        return;
      }
      if (last === 0) {
        place.textContent = now === 0 ? "0%" : spec.from_zero;
        place.classList.toggle("up-bad", now !== 0);
        return;
      }
      var change = ((now - last) / Math.abs(last)) * 100;
      place.textContent = (change > 0 ? "+" : "") + change.toFixed(1).replace("-", "−") + "%";
      place.classList.toggle("up-bad", Math.abs(change) > Number(spec.change_over));
    }

    /* What is shown follows from the answers; an answer that is hidden stays where it is. */
    function follow() {
      var showing = {};
      spec.sections.forEach(function (section) {
        showing[section.code] = holds(section.when);
      });
      Object.keys(spec.questions).forEach(function (code) {
        var asked = spec.questions[code];
        var box = boxes[code] || page.querySelector('[data-files="' + code + '"]');
        if (box) box.hidden = !holds(asked.when);
        explain(code);
        compare(code);
      });
      Object.keys(showing).forEach(function (code) {
        var body = page.querySelector('[data-section="' + code + '"] .sec-body');
        if (body) body.classList.toggle("rep-hidden", !showing[code]);
      });
    }

    return { boxes: boxes, read: read, write: write, addRow: addRow, follow: follow, isEmpty: isEmpty };
  };
})();

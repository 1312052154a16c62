/* Small help in forms: a form is sent once, a password can be looked at, a choice can send its form. */
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    window.addEventListener("pageshow", function () {
      delete form.dataset.sent;
    });
  });

  /* <button data-reveal="id_password" aria-pressed="false"> inside .pw */
  document.querySelectorAll("[data-reveal]").forEach(function (button) {
    var input = document.getElementById(button.dataset.reveal);
    if (!input) return;
    button.addEventListener("click", function () {
      var shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.querySelector(".bi").className = shown ? "bi bi-eye-slash" : "bi bi-eye";
    });
  });

  document.querySelectorAll("[data-send-on-change]").forEach(function (input) {
    input.addEventListener("change", function () {
      input.form.requestSubmit();
    });
  });

  /* An empty field of a query says nothing: it is left out of the address. */
  document.querySelectorAll("form[data-short]").forEach(function (form) {
    form.addEventListener("submit", function () {
      form.querySelectorAll("input, select").forEach(function (input) {
        if (!input.value) input.disabled = true;
      });
      window.addEventListener("pageshow", function () {
        form.querySelectorAll(":disabled").forEach(function (input) {
          input.disabled = false;
        });
      });
    });
  });
})();

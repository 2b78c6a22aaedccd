// The theme that was chosen in the app, before the page is painted.
const theme = localStorage.getItem("topoweb.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

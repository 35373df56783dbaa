"""Custom actions: they read the content store and make one `Reply`. Nothing else lives here."""

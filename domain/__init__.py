"""The domain: pure, without a database, a clock or chance."""

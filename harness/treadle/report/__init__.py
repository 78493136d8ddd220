"""Results for people and programs: tables, diagrams, documents, scripts."""

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      client_types: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'client_types_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      customers: {
        Row: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          acquisition_source?: string | null;
          address?: string | null;
          archived_at?: string | null;
          avatar_color?: string | null;
          board_rank?: string;
          client_type_id?: string | null;
          closed_lost_reason?: string | null;
          contract_end_date?: string | null;
          contract_start_date?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          custom_fields?: NonNullable<Json>;
          deleted_at?: string | null;
          deleted_by?: string | null;
          email?: string | null;
          expected_value?: number | null;
          grade?: Database['public']['Enums']['customer_grade'] | null;
          id?: string;
          is_archived?: boolean;
          latitude?: number | null;
          longitude?: number | null;
          name: string;
          org_id: string;
          owner_id?: string | null;
          phase?: string | null;
          phone?: string | null;
          product_id?: string | null;
          specialty_id?: string | null;
          status?: Database['public']['Enums']['customer_status'];
          tags?: string[];
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Update: {
          acquisition_source?: string | null;
          address?: string | null;
          archived_at?: string | null;
          avatar_color?: string | null;
          board_rank?: string;
          client_type_id?: string | null;
          closed_lost_reason?: string | null;
          contract_end_date?: string | null;
          contract_start_date?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          custom_fields?: NonNullable<Json>;
          deleted_at?: string | null;
          deleted_by?: string | null;
          email?: string | null;
          expected_value?: number | null;
          grade?: Database['public']['Enums']['customer_grade'] | null;
          id?: string;
          is_archived?: boolean;
          latitude?: number | null;
          longitude?: number | null;
          name?: string;
          org_id?: string;
          owner_id?: string | null;
          phase?: string | null;
          phone?: string | null;
          product_id?: string | null;
          specialty_id?: string | null;
          status?: Database['public']['Enums']['customer_status'];
          tags?: string[];
          updated_at?: string;
          updated_by?: string | null;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'customers_org_id_client_type_id_fkey';
            columns: ['org_id', 'client_type_id'];
            isOneToOne: false;
            referencedRelation: 'client_types';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'customers_org_id_owner_id_fkey';
            columns: ['org_id', 'owner_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
          {
            foreignKeyName: 'customers_org_id_product_id_fkey';
            columns: ['org_id', 'product_id'];
            isOneToOne: false;
            referencedRelation: 'products';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'customers_org_id_specialty_id_fkey';
            columns: ['org_id', 'specialty_id'];
            isOneToOne: false;
            referencedRelation: 'specialties';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      interactions: {
        Row: {
          channel: Database['public']['Enums']['interaction_channel'];
          corrects_id: string | null;
          created_at: string;
          customer_id: string;
          follow_up_at: string | null;
          id: string;
          next_action: string | null;
          note: string | null;
          occurred_at: string;
          org_id: string;
          outcome: string | null;
          subject: string | null;
          type: Database['public']['Enums']['interaction_type'];
          user_id: string | null;
        };
        ComputedFields: never;
        Insert: {
          channel?: Database['public']['Enums']['interaction_channel'];
          corrects_id?: string | null;
          created_at?: string;
          customer_id: string;
          follow_up_at?: string | null;
          id?: string;
          next_action?: string | null;
          note?: string | null;
          occurred_at?: string;
          org_id: string;
          outcome?: string | null;
          subject?: string | null;
          type: Database['public']['Enums']['interaction_type'];
          user_id?: string | null;
        };
        Update: {
          channel?: Database['public']['Enums']['interaction_channel'];
          corrects_id?: string | null;
          created_at?: string;
          customer_id?: string;
          follow_up_at?: string | null;
          id?: string;
          next_action?: string | null;
          note?: string | null;
          occurred_at?: string;
          org_id?: string;
          outcome?: string | null;
          subject?: string | null;
          type?: Database['public']['Enums']['interaction_type'];
          user_id?: string | null;
        };
        Relationships: [
          {
            foreignKeyName: 'interactions_org_id_customer_id_corrects_id_fkey';
            columns: ['org_id', 'customer_id', 'corrects_id'];
            isOneToOne: false;
            referencedRelation: 'interactions';
            referencedColumns: ['org_id', 'customer_id', 'id'];
          },
          {
            foreignKeyName: 'interactions_org_id_customer_id_fkey';
            columns: ['org_id', 'customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'interactions_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'interactions_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
        ];
      };
      member_roles: {
        Row: {
          assigned_by: string | null;
          created_at: string;
          created_by: string | null;
          id: string;
          org_id: string;
          role_id: string;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          assigned_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id: string;
          role_id: string;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          assigned_by?: string | null;
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id?: string;
          role_id?: string;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'member_roles_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'member_roles_org_id_role_id_fkey';
            columns: ['org_id', 'role_id'];
            isOneToOne: false;
            referencedRelation: 'roles';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'member_roles_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
      memberships: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          is_active: boolean;
          manager_id: string | null;
          org_id: string;
          team: string | null;
          title: string | null;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          is_active?: boolean;
          manager_id?: string | null;
          org_id: string;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          is_active?: boolean;
          manager_id?: string | null;
          org_id?: string;
          team?: string | null;
          title?: string | null;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'memberships_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'memberships_org_id_manager_id_fkey';
            columns: ['org_id', 'manager_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
          {
            foreignKeyName: 'memberships_user_id_fkey';
            columns: ['user_id'];
            isOneToOne: false;
            referencedRelation: 'profiles';
            referencedColumns: ['id'];
          },
        ];
      };
      notifications: {
        Row: {
          actor_id: string | null;
          created_at: string;
          created_by: string | null;
          customer_id: string | null;
          data: NonNullable<Json>;
          id: string;
          interaction_id: string | null;
          kind: Database['public']['Enums']['notification_kind'];
          org_id: string;
          read_at: string | null;
          updated_at: string;
          user_id: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          actor_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          id?: string;
          interaction_id?: string | null;
          kind: Database['public']['Enums']['notification_kind'];
          org_id: string;
          read_at?: string | null;
          updated_at?: string;
          user_id: string;
          version?: number;
        };
        Update: {
          actor_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          customer_id?: string | null;
          data?: NonNullable<Json>;
          id?: string;
          interaction_id?: string | null;
          kind?: Database['public']['Enums']['notification_kind'];
          org_id?: string;
          read_at?: string | null;
          updated_at?: string;
          user_id?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'notifications_org_id_customer_id_fkey';
            columns: ['org_id', 'customer_id'];
            isOneToOne: false;
            referencedRelation: 'customers';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'notifications_org_id_customer_id_interaction_id_fkey';
            columns: ['org_id', 'customer_id', 'interaction_id'];
            isOneToOne: false;
            referencedRelation: 'interactions';
            referencedColumns: ['org_id', 'customer_id', 'id'];
          },
          {
            foreignKeyName: 'notifications_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'notifications_org_id_user_id_fkey';
            columns: ['org_id', 'user_id'];
            isOneToOne: false;
            referencedRelation: 'memberships';
            referencedColumns: ['org_id', 'user_id'];
          },
        ];
      };
      organizations: {
        Row: {
          created_at: string;
          created_by: string | null;
          currency: string;
          deleted_at: string | null;
          id: string;
          name: string;
          slug: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          deleted_at?: string | null;
          id?: string;
          name: string;
          slug: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          deleted_at?: string | null;
          id?: string;
          name?: string;
          slug?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [];
      };
      permissions: {
        Row: {
          action: string;
          description: string;
          key: string;
          resource: string;
        };
        ComputedFields: never;
        Insert: {
          action: string;
          description: string;
          key: string;
          resource: string;
        };
        Update: {
          action?: string;
          description?: string;
          key?: string;
          resource?: string;
        };
        Relationships: [];
      };
      product_categories: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          parent_id: string | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          parent_id?: string | null;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          parent_id?: string | null;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'product_categories_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'product_categories_org_id_parent_id_fkey';
            columns: ['org_id', 'parent_id'];
            isOneToOne: false;
            referencedRelation: 'product_categories';
            referencedColumns: ['org_id', 'id'];
          },
        ];
      };
      products: {
        Row: {
          category_id: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          description: string | null;
          id: string;
          is_active: boolean;
          name: string;
          org_id: string;
          sku: string | null;
          unit_price: number | null;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          category_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          description?: string | null;
          id?: string;
          is_active?: boolean;
          name: string;
          org_id: string;
          sku?: string | null;
          unit_price?: number | null;
          updated_at?: string;
          version?: number;
        };
        Update: {
          category_id?: string | null;
          created_at?: string;
          created_by?: string | null;
          currency?: string;
          description?: string | null;
          id?: string;
          is_active?: boolean;
          name?: string;
          org_id?: string;
          sku?: string | null;
          unit_price?: number | null;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'products_org_id_category_id_fkey';
            columns: ['org_id', 'category_id'];
            isOneToOne: false;
            referencedRelation: 'product_categories';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'products_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      profiles: {
        Row: {
          avatar_color: string;
          created_at: string;
          created_by: string | null;
          email: string | null;
          first_name: string;
          id: string;
          last_name: string;
          last_seen_at: string | null;
          locale: string;
          timezone: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          avatar_color?: string;
          created_at?: string;
          created_by?: string | null;
          email?: string | null;
          first_name?: string;
          id: string;
          last_name?: string;
          last_seen_at?: string | null;
          locale?: string;
          timezone?: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          avatar_color?: string;
          created_at?: string;
          created_by?: string | null;
          email?: string | null;
          first_name?: string;
          id?: string;
          last_name?: string;
          last_seen_at?: string | null;
          locale?: string;
          timezone?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [];
      };
      role_permissions: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          org_id: string;
          permission: string;
          role_id: string;
          scope: Database['public']['Enums']['permission_scope'];
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id: string;
          permission: string;
          role_id: string;
          scope?: Database['public']['Enums']['permission_scope'];
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          org_id?: string;
          permission?: string;
          role_id?: string;
          scope?: Database['public']['Enums']['permission_scope'];
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'role_permissions_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
          {
            foreignKeyName: 'role_permissions_org_id_role_id_fkey';
            columns: ['org_id', 'role_id'];
            isOneToOne: false;
            referencedRelation: 'roles';
            referencedColumns: ['org_id', 'id'];
          },
          {
            foreignKeyName: 'role_permissions_permission_fkey';
            columns: ['permission'];
            isOneToOne: false;
            referencedRelation: 'permissions';
            referencedColumns: ['key'];
          },
        ];
      };
      roles: {
        Row: {
          created_at: string;
          created_by: string | null;
          description: string | null;
          id: string;
          is_system: boolean;
          key: string;
          name: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          is_system?: boolean;
          key: string;
          name: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          is_system?: boolean;
          key?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'roles_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      settings: {
        Row: {
          created_at: string;
          created_by: string | null;
          description: string | null;
          id: string;
          key: string;
          org_id: string;
          updated_at: string;
          value: string;
          value_type: Database['public']['Enums']['setting_value_type'];
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          key: string;
          org_id: string;
          updated_at?: string;
          value: string;
          value_type?: Database['public']['Enums']['setting_value_type'];
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          description?: string | null;
          id?: string;
          key?: string;
          org_id?: string;
          updated_at?: string;
          value?: string;
          value_type?: Database['public']['Enums']['setting_value_type'];
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'settings_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
      specialties: {
        Row: {
          created_at: string;
          created_by: string | null;
          id: string;
          name: string;
          org_id: string;
          updated_at: string;
          version: number;
        };
        ComputedFields: never;
        Insert: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name: string;
          org_id: string;
          updated_at?: string;
          version?: number;
        };
        Update: {
          created_at?: string;
          created_by?: string | null;
          id?: string;
          name?: string;
          org_id?: string;
          updated_at?: string;
          version?: number;
        };
        Relationships: [
          {
            foreignKeyName: 'specialties_org_id_fkey';
            columns: ['org_id'];
            isOneToOne: false;
            referencedRelation: 'organizations';
            referencedColumns: ['id'];
          },
        ];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      board_cards: {
        Args: {
          after_id?: string;
          after_rank?: string;
          org_id: string;
          owner_ids?: string[];
          page_size?: number;
          product_ids?: string[];
          search?: string;
          sources?: string[];
          status: Database['public']['Enums']['customer_status'];
          tags?: string[];
        };
        Returns: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          updated_at: string;
          updated_by: string | null;
          version: number;
        }[];
        SetofOptions: {
          from: '*';
          to: 'customers';
          isOneToOne: false;
          isSetofReturn: true;
        };
      };
      board_summary: {
        Args: {
          org_id: string;
          owner_ids?: string[];
          product_ids?: string[];
          search?: string;
          sources?: string[];
          tags?: string[];
        };
        Returns: {
          currency: string;
          customers: number;
          status: Database['public']['Enums']['customer_status'];
          total_value: number;
        }[];
      };
      create_organization: {
        Args: { currency?: string; name: string };
        Returns: {
          created_at: string;
          created_by: string | null;
          currency: string;
          deleted_at: string | null;
          id: string;
          name: string;
          slug: string;
          updated_at: string;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'organizations';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      delete_customer: { Args: { customer_id: string }; Returns: undefined };
      mark_notifications_read: { Args: { ids?: string[]; org_id?: string }; Returns: number };
      move_customer: {
        Args: {
          after_id?: string;
          before_id?: string;
          customer_id: string;
          lost_reason?: string;
          seen_status?: Database['public']['Enums']['customer_status'];
          to_status: Database['public']['Enums']['customer_status'];
        };
        Returns: {
          acquisition_source: string | null;
          address: string | null;
          archived_at: string | null;
          avatar_color: string | null;
          board_rank: string;
          client_type_id: string | null;
          closed_lost_reason: string | null;
          contract_end_date: string | null;
          contract_start_date: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          custom_fields: NonNullable<Json>;
          deleted_at: string | null;
          deleted_by: string | null;
          email: string | null;
          expected_value: number | null;
          grade: Database['public']['Enums']['customer_grade'] | null;
          id: string;
          is_archived: boolean;
          latitude: number | null;
          longitude: number | null;
          name: string;
          org_id: string;
          owner_id: string | null;
          phase: string | null;
          phone: string | null;
          product_id: string | null;
          specialty_id: string | null;
          status: Database['public']['Enums']['customer_status'];
          tags: string[];
          updated_at: string;
          updated_by: string | null;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'customers';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      my_access: { Args: { org_id: string }; Returns: Json };
      patch_customer: { Args: { changes: Json; customer_id: string; seen: Json }; Returns: Json };
      search_customers: {
        Args: { max_results?: number; org_id: string; query: string };
        Returns: {
          id: string;
          match: string;
          name: string;
          owner_id: string;
          status: Database['public']['Enums']['customer_status'];
        }[];
      };
      set_product_active: {
        Args: { active: boolean; product_id: string };
        Returns: {
          category_id: string | null;
          created_at: string;
          created_by: string | null;
          currency: string;
          description: string | null;
          id: string;
          is_active: boolean;
          name: string;
          org_id: string;
          sku: string | null;
          unit_price: number | null;
          updated_at: string;
          version: number;
        };
        SetofOptions: {
          from: '*';
          to: 'products';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
    };
    Enums: {
      customer_grade: 'A' | 'B' | 'C';
      customer_status: 'lead' | 'qualified' | 'proposal' | 'negotiation' | 'closed_won' | 'closed_lost';
      interaction_channel: 'phone' | 'email' | 'meeting' | 'chat' | 'other';
      interaction_type: 'call' | 'email' | 'meeting' | 'note' | 'visit';
      notification_kind: 'assigned' | 'follow_up_due';
      permission_scope: 'all' | 'territory' | 'own';
      setting_value_type: 'string' | 'integer' | 'number' | 'boolean' | 'json' | 'date';
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    keyof (DefaultSchema['Tables'] & DefaultSchema['Views']) | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    keyof DefaultSchema['CompositeTypes'] | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {
      customer_grade: ['A', 'B', 'C'],
      customer_status: ['lead', 'qualified', 'proposal', 'negotiation', 'closed_won', 'closed_lost'],
      interaction_channel: ['phone', 'email', 'meeting', 'chat', 'other'],
      interaction_type: ['call', 'email', 'meeting', 'note', 'visit'],
      notification_kind: ['assigned', 'follow_up_due'],
      permission_scope: ['all', 'territory', 'own'],
      setting_value_type: ['string', 'integer', 'number', 'boolean', 'json', 'date'],
    },
  },
} as const;
